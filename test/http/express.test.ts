import { express } from './adapters/express.ts'
import { describeAdapter } from './scenarios.ts'

describeAdapter(express)
