import { node } from './adapters/node.ts'
import { describeAdapter } from './scenarios.ts'

describeAdapter(node)
