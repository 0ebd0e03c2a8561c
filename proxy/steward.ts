/**
 * The client whose calls concern all: account subscriptions, which IB allows one of gateway-wide (F5), live there, and
 * what follows from a position is reckoned there, so that nobody else reckons the same at the same moment.
 */
export const STEWARD = 0
