/** JSON as it was parsed: a test looks into whatever came back. */
export type Parsed = ReturnType<typeof JSON.parse>
