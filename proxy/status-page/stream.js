/** The proxy speaks every second: silent for so long it is not there, ms. */
const SILENCE_MS = 5000
/** Between two attempts to reach it again, ms. */
const RETRY_MS = 2000

/**
 * Follows the proxy's snapshots as long as the page is looked at. `onSnapshot` has each; `onLost` is told when there is
 * no word any more, with what the proxy said why, if it said anything.
 */
export function follow(url, { onSnapshot, onLost }) {
  let source = null
  let heardAt = 0
  let retry = 0

  function open() {
    clearTimeout(retry)
    heardAt = performance.now()
    source = new EventSource(url)
    source.addEventListener('message', ({ data }) => {
      heardAt = performance.now()
      onSnapshot(JSON.parse(data))
    })
    source.addEventListener('error', () => void lose())
  }

  function close() {
    clearTimeout(retry)
    source?.close()
    source = null
  }

  async function lose() {
    if (source === null) return
    close()
    onLost(null)
    retry = setTimeout(open, RETRY_MS)
    const why = await refusal(url)
    if (source === null && why !== null) onLost(why)
  }

  setInterval(() => {
    if (source !== null && performance.now() - heardAt > SILENCE_MS) void lose()
  }, 1000)
  document.addEventListener('visibilitychange', () => {
    // nobody looks: the proxy need not tell
    if (document.hidden) close()
    else if (source === null) open()
  })
  open()
}

/** Why the proxy gives no stream, in its own words; null when it says nothing. */
async function refusal(url) {
  try {
    const signal = AbortSignal.timeout(RETRY_MS)
    const answer = await fetch(url, { headers: { accept: 'application/json' }, signal })
    if (answer.ok) return null
    const { detail, title } = await answer.json()
    return detail ?? title ?? null
  } catch {
    return null
  }
}
