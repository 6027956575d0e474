import { hono } from './adapters/hono.ts'
import { describeAdapter } from './scenarios.ts'

describeAdapter(hono)
