// `--import` this to have a process whose clock is wrong by CLOCK_SHIFT milliseconds, its monotonic counter excepted.
const shift = Number(process.env.CLOCK_SHIFT)
const RealDate = Date

globalThis.Date = class Date extends RealDate {
  constructor(...args) {
    if (args.length === 0) super(RealDate.now() + shift)
    else super(...args)
  }
  static now() {
    return RealDate.now() + shift
  }
}
