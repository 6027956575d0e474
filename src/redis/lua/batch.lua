-- Not a script of its own: what stands around a script that is run for several sessions at once. The script's declarations
-- come after the first part, the script itself as `step` after that, and each time it runs, KEYS and ARGV are those of one
-- call. A call that fails fails alone.
-- KEYS    the sessions
-- ARGV    with how many arguments each call begins that are the same for all; those; the other arguments of each call, as
--         many for one as for another
-- Reply   the calls' replies, an error for each that failed

local CALLS, ARGUMENTS = KEYS, ARGV
local SHARED = tonumber(ARGUMENTS[1])
local OWN = (#ARGUMENTS - 1 - SHARED) / #CALLS
local KEYS, ARGV = {}, { unpack(ARGUMENTS, 2, 1 + SHARED) }

local function each(step)
  local replies = {}
  local at = 1 + SHARED
  for i = 1, #CALLS do
    KEYS[1] = CALLS[i]
    for j = 1, OWN do ARGV[SHARED + j] = ARGUMENTS[at + j] end
    at = at + OWN
    local ok, reply = pcall(step)
    if not ok and type(reply) == 'string' then
      -- What Redis refuses begins with a code, what Lua raises with a place.
      reply = { err = string.find(reply, '^%u[%u%d]+ ') and reply or 'ERR ' .. reply }
    end
    -- A list ends where it has nil; false is the same on the wire.
    replies[i] = reply or false
  end
  return replies
end
