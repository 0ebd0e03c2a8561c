function selected(job: string, metric: string, labels: string): string {
  return `${metric}{job=~"$${job}", namespace=~"$namespace"${labels && `, ${labels}`}}`
}

/** What the proxies say of something; `labels` as in PromQL. */
export function atProxies(metric: string, labels = ''): string {
  return selected('proxies', metric, labels)
}

/** What the instances say of something. */
export function atInstances(metric: string, labels = ''): string {
  return selected('instances', metric, labels)
}

/** How many a second. */
export function rate(counter: string): string {
  return `rate(${counter}[$__rate_interval])`
}

/** Without what is answered from memory, and what waits because it was asked to. */
export const CALLS = 'route!~"/|/beacon|/clients.*|/metrics|/test|/ws|/order/events"'

type Seen = (metric: string, labels?: string) => string

/** A quantile of a histogram; `by` further labels that are kept. */
export function quantile(
  share: number,
  seen: Seen,
  histogram: string,
  { labels = '', by = '' }: { readonly labels?: string; readonly by?: string } = {},
): string {
  const kept = by === '' ? 'le' : `le, ${by}`
  return `histogram_quantile(${share}, sum by (${kept}) (${rate(seen(`${histogram}_bucket`, labels))}))`
}

/** The three quantiles that are always shown together, by legend. */
export function quantiles(seen: Seen, histogram: string, labels = ''): Record<string, string> {
  return Object.fromEntries(
    [0.5, 0.95, 0.99].map((share) => [
      `p${share * 100}`,
      quantile(share, seen, histogram, { labels }),
    ]),
  )
}

/** The mean of a histogram. */
export function mean(seen: Seen, histogram: string, labels = ''): string {
  return `sum(${rate(seen(`${histogram}_sum`, labels))}) / sum(${rate(seen(`${histogram}_count`, labels))})`
}

/** What a heat map is drawn from. */
export function increases(seen: Seen, histogram: string, labels = ''): string {
  return `sum by (le) (increase(${seen(`${histogram}_bucket`, labels)}[$__rate_interval]))`
}

/** For each client the place of its state in the list: of a gauge that is 1 for the state it is in. */
export function stateOf(seen: Seen, metric: string, states: readonly string[]): string {
  return states
    .flatMap((state, place) =>
      place === 0 ? [] : `${place} * max by (client_id) (${seen(metric, `state="${state}"`)})`,
    )
    .join('\n  + ')
}
