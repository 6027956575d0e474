-- Not a script of its own: what stands around a script that is run for several sessions at once. The script's declarations
-- come after the first part, the script itself as `step` after that, and each time it runs, KEYS and ARGV are those of one
-- call. A call that fails fails alone.
-- KEYS    the sessions
-- ARGV    for each call: how many arguments it has; those arguments
-- Reply   the calls' replies, an error for each that failed

local CALLS, ARGUMENTS = KEYS, ARGV
local KEYS, ARGV

local function each(step)
  local replies = {}
  local at = 1
  for i = 1, #CALLS do
    local last = at + tonumber(ARGUMENTS[at])
    KEYS, ARGV = { CALLS[i] }, { unpack(ARGUMENTS, at + 1, last) }
    at = last + 1
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
