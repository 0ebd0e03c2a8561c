import { BlockList, isIP } from 'node:net'
import { ConfigError } from '../../shared/env.ts'

/** How many addresses are remembered with what was said of them. */
const REMEMBERED = 4096

/** Whether an address is one of those that were listed. */
export type AddressRule = (address: string) => boolean

/** `10.0.*` is every address that begins so; `10.0.0.0/8`, `2001:db8::/32` a network; anything else an address. */
function add(list: BlockList, text: string): boolean {
  const [address = '', prefix, ...more] = text.split('/')
  if (more.length > 0) return false
  if (prefix !== undefined) {
    const version = isIP(address)
    const bits = /^\d{1,3}$/.test(prefix) ? Number(prefix) : Number.NaN
    if (version === 0 || !(bits <= (version === 4 ? 32 : 128))) return false
    list.addSubnet(address, bits, version === 4 ? 'ipv4' : 'ipv6')
    return true
  }
  const version = isIP(address)
  if (version !== 0) {
    list.addAddress(address, version === 4 ? 'ipv4' : 'ipv6')
    return true
  }
  const wild = /^(\d{1,3}(?:\.\d{1,3}){0,2})\.\*(?:\.\*)*$/.exec(address)?.[1]?.split('.')
  if (address === '*') {
    list.addSubnet('0.0.0.0', 0, 'ipv4')
    list.addSubnet('::', 0, 'ipv6')
    return true
  }
  if (wild === undefined || address.split('.').length > 4) return false
  const network = [...wild, '0', '0', '0'].slice(0, 4).join('.')
  if (isIP(network) === 0) return false
  list.addSubnet(network, wild.length * 8, 'ipv4')
  return true
}

/**
 * What a list with commas allows: addresses, networks (`10.0.0.0/8`) and beginnings (`10.0.*`). IPv4 in the clothes of IPv6
 * (`::ffff:10.0.0.1`) is IPv4.
 * @throws ConfigError naming what in it is no address
 */
export function addressRule(variable: string, listed: string): AddressRule {
  const list = new BlockList()
  const wrong = listed
    .split(',')
    .map((text) => text.trim())
    .filter((text) => text !== '' && !add(list, text))
  if (wrong.length > 0)
    throw new ConfigError(
      `${variable} lists addresses (10.0.0.1), networks (10.0.0.0/8, 2001:db8::/32) and beginnings (10.0.*), with commas; not ${wrong.join(', ')}`,
    )
  const judged = new Map<string, boolean>()
  return (given) => {
    const known = judged.get(given)
    if (known !== undefined) return known
    const address = given.replace(/%.*$/, '')
    const version = isIP(address)
    const isListed = version !== 0 && list.check(address, version === 4 ? 'ipv4' : 'ipv6')
    if (judged.size >= REMEMBERED) judged.clear()
    judged.set(given, isListed)
    return isListed
  }
}
