/**
 * Makes sure that the tests have what npm does not install: Redis's programs and a Chromium. What is missing is
 * installed with apt-get where that is possible; otherwise it says how to install it.
 *
 * `node scripts/setup.mjs`, or `setUp` from another script.
 */
import { spawnSync } from 'node:child_process'
import { accessSync, constants, statSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** @typedef {{ names: string[], debian: string, brew: string }} Program */

/** @type {Program} */
const CHROMIUM = {
  names: ['chromium', 'chromium-browser', 'google-chrome'],
  debian: 'chromium',
  brew: '--cask chromium',
}

/** @type {Program[]} */
const PROGRAMS = [
  { names: ['redis-server'], debian: 'redis-server', brew: 'redis' },
  { names: ['redis-sentinel'], debian: 'redis-sentinel', brew: 'redis' },
  { names: ['redis-cli'], debian: 'redis-tools', brew: 'redis' },
  CHROMIUM,
]

/**
 * Debian's packages start their services when they are installed and at every boot. A policy forbids the first, for
 * as long as this takes; the second is disabled.
 */
const INSTALL = `
set -e
policy=/usr/sbin/policy-rc.d
kept=$policy.kept
if [ -e $policy ]; then mv $policy $kept; fi
restore() { rm -f $policy; if [ -e $kept ]; then mv $kept $policy; fi; }
trap restore EXIT
trap 'exit 130' INT TERM
printf '#!/bin/sh\\nexit 101\\n' > $policy
chmod 755 $policy
export DEBIAN_FRONTEND=noninteractive
apt-get update
apt-get install -y --no-install-recommends "$@"
for package in "$@"; do
  if [ -e /etc/init.d/$package ]; then update-rc.d $package disable; fi
done
`

/**
 * Resolves when every program is there; rejects with one sentence when one cannot be had.
 * @param {{ quiet?: boolean }} [options] `quiet` hides what apt-get reports, but not its errors
 */
export async function setUp({ quiet = false } = {}) {
  const missing = findMissing()
  if (missing.length === 0) return
  if (findOnPath('apt-get') !== undefined && canBeRoot()) install(missing, quiet)
  const stillMissing = findMissing()
  if (stillMissing.length > 0) throw new Error(explain(stillMissing))
}

/** The path of the Chromium to test with: `CHROMIUM_PATH`, or the first on PATH. */
export function findChromium() {
  const { CHROMIUM_PATH } = process.env
  if (CHROMIUM_PATH === undefined) return find(CHROMIUM)
  if (!isExecutable(CHROMIUM_PATH)) throw new Error(`CHROMIUM_PATH is ${CHROMIUM_PATH}, which cannot be executed`)
  return CHROMIUM_PATH
}

function findMissing() {
  return PROGRAMS.filter((program) => (program === CHROMIUM ? findChromium() : find(program)) === undefined)
}

/** @param {Program} program */
function find({ names }) {
  return names.map(findOnPath).find((path) => path !== undefined)
}

/** @param {string} name */
function findOnPath(name) {
  const directories = (process.env['PATH'] ?? '').split(delimiter)
  return directories.map((directory) => join(directory, name)).find(isExecutable)
}

/** @param {string} path */
function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK)
    return statSync(path).isFile()
  } catch {
    return false
  }
}

function isRoot() {
  return process.getuid?.() === 0
}

function canBeRoot() {
  return isRoot() || spawnSync('sudo', ['-n', 'true']).status === 0
}

/**
 * @param {Program[]} programs
 * @param {boolean} quiet
 */
function install(programs, quiet) {
  const script = ['sh', '-c', INSTALL, 'install', ...programs.map(({ debian }) => debian)]
  const [command = '', ...args] = isRoot() ? script : ['sudo', '-n', ...script]
  spawnSync(command, args, { stdio: ['ignore', quiet ? 'ignore' : 'inherit', 'inherit'] })
}

/**
 * @param {Program[]} programs
 */
function explain(programs) {
  const names = programs.map((program) => program.names[0]).join(', ')
  const debian = programs.map((program) => program.debian).join(' ')
  const brew = [...new Set(programs.map((program) => `brew install ${program.brew}`))].join(' && ')
  return (
    `The tests need ${names}, which could not be installed: ` +
    `run "apt-get install ${debian}" as root on Debian or Ubuntu, "${brew}" on macOS, or use your system's packages` +
    (programs.includes(CHROMIUM) ? ', or set CHROMIUM_PATH to a Chrome or Chromium that you have.' : '.')
  )
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  setUp().catch((error) => {
    console.error(error.message)
    process.exitCode = 1
  })
}
