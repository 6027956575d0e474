import { fetchApi } from './adapters/fetch.ts'
import { describeAdapter } from './scenarios.ts'

describeAdapter(fetchApi)
