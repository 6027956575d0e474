/** A contender in a process of its own: `serve.js CONTENDER REDIS_URL`, the contender as JSON, prints its port. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { connect } from '../client.ts'
import { type Contender, listenerOf } from './contenders.ts'

const [contender, url] = process.argv.slice(2) as [string, string]
const server = createServer(await listenerOf(JSON.parse(contender) as Contender, await connect(url)))
server.listen(0, '127.0.0.1', () => console.log((server.address() as AddressInfo).port))
