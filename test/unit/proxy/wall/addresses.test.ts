import t from 'tap'
import { addressRule } from '../../../../proxy/wall/addresses.ts'

t.test('networks, beginnings and addresses, of both versions', async (t) => {
  const rule = addressRule('ALLOW_FROM', '10.0.*, 192.168.1.0/24,203.0.113.7 , 2001:db8::/32, ::1')
  const listed = [
    '10.0.0.1',
    '10.0.255.255',
    '192.168.1.77',
    '203.0.113.7',
    '2001:db8:1::5',
    '2001:DB8::1',
    '::1',
    '::ffff:10.0.3.4',
    '2001:db8::1%eth0',
  ]
  const others = [
    '10.1.0.1',
    '192.168.2.1',
    '203.0.113.8',
    '2001:db9::1',
    '::2',
    '::ffff:10.1.0.1',
    '',
    'x',
  ]
  for (const turn of [1, 2]) {
    for (const address of listed) t.equal(rule(address), true, `${address}, turn ${turn}`)
    for (const address of others) t.equal(rule(address), false, `${address}, turn ${turn}`)
  }
  t.equal(addressRule('ALLOW_FROM', '10.*')('10.9.8.7'), true)
  t.equal(addressRule('ALLOW_FROM', '10.1.2.*')('10.1.3.1'), false)
  t.equal(addressRule('ALLOW_FROM', '10.1.*.*')('10.1.3.1'), true)
  t.equal(addressRule('ALLOW_FROM', '*')('fe80::1'), true)
})

t.test('a flood of addresses is forgotten again', async (t) => {
  const rule = addressRule('ALLOW_FROM', '10.0.0.0/8')
  for (let n = 0; n < 20_000; n += 1) if (rule(`11.0.${n >> 8}.${n & 255}`)) t.fail('not listed')
  t.equal(rule('10.0.0.1'), true)
})
