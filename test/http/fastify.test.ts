import { fastify } from './adapters/fastify.ts'
import { describeAdapter } from './scenarios.ts'

describeAdapter(fastify)
