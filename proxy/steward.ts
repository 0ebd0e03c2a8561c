/** The client whose calls concern all: account subscriptions, which IB allows one of gateway-wide (F5), live there. */
export const STEWARD = 0
