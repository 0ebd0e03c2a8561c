import { Type } from 'typebox'

/** Whether IB is asked again although what it pushed is at hand. */
export const Fresh = Type.Boolean({
  description: 'true: IB is asked again although what it pushed is at hand',
})
