import t from 'tap'
import { ADDRESSED, type GatewayEvent } from '../../../../instance/ib/events.ts'
import { queries } from '../../../../instance/ib/queries.ts'

t.test('names are unique: metrics and lanes go by them', async (t) => {
  t.equal(new Set(queries.map(({ name }) => name)).size, queries.length)
})

for (const query of queries) {
  t.test(
    `${query.name}: has something that ends it, and a way to be stopped where it goes on`,
    async (t) => {
      const events = Object.keys(query.reads) as GatewayEvent[]
      t.ok(events.length > 0)
      for (const event of events)
        t.equal(ADDRESSED[event], query.answeredBy, `${event} is addressed so`)
      if (query.subscription) t.type(query.cancel, 'function', 'a subscription can be cancelled')
      const source = Object.values(query.reads).map(String).join('\n')
      t.match(source, /'end'/)
      t.type(query.answer, 'function')
    },
  )
}
