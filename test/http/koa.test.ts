import { koa } from './adapters/koa.ts'
import { describeAdapter } from './scenarios.ts'

describeAdapter(koa)
