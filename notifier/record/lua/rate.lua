-- How much a provider may be sent by all workers together. Stands in front of the scripts that ask (claim, bell, divert,
-- glance).
-- Rates are a text, '<count>/<ms> <count>/<ms>...', the fastest first; '': as much as it takes. Those that it shares with another
-- provider follow in a line '<other>\t<count>/<ms>...': what either is sent counts, under the other's keys. Keys (see plan.lua, too):
--   P rate:<p>:<count>/<ms>    zset  of the first, which spaces: 'at' -> the moment (ms, with a fraction) at which nothing that
--                                    was sent counts any more
--   P rate:<p>:<ms>            zset  of the others, budgets: <moment>:<count> -> that moment, the end of the sixtieth part of
--                                    the time in which so many were sent. What was sent doesn't depend on how many may be.

-- At once at most what the rate allows in a second, or one.
local function spacing(count, ms)
  local gap = ms / count
  return gap, math.max(gap, 1000)
end

local function exact(time) return time[1] * 1000 + time[2] / 1000 end

-- Look at each: its key, count, time (ms), and whether it is its owner's first.
local function each_rate(P, provider, rates, look)
  for line in rates:gmatch('[^\n]+') do
    local owner, words = line:match('^(.-)\t(.*)$')
    local key, first = P .. 'rate:' .. (owner or provider) .. ':', true
    for name in (words or line):gmatch('%S+') do
      local count, ms = name:match('(%d+)/(%d+)')
      look(key .. (first and name or ms), tonumber(count), tonumber(ms), first)
      first = false
    end
  end
end

-- How many may be sent now, and, when none may, the moment from which on one may (ms).
local function permits(P, provider, rates, now)
  local room, at = math.huge, 0
  each_rate(P, provider, rates, function(key, count, ms, first)
    local here, from = 0, 0
    if first then
      local gap, span = spacing(count, ms)
      local full = tonumber(redis.call('ZSCORE', key, 'at') or '0')
      -- A hair's breadth: what is told as a moment comes back rounded.
      here, from = math.floor((span - math.max(full - now, 0)) / gap + 0.000001), full + gap - span
    else
      local used = redis.call('ZRANGEBYSCORE', key, '(' .. string.format('%.3f', now - ms), '+inf', 'WITHSCORES')
      here = count
      for n = 1, #used, 2 do here = here - tonumber(used[n]:match(':(%d+)$')) end
      from = (tonumber(used[2]) or 0) + ms
    end
    room = math.min(room, math.max(here, 0))
    if here < 1 then at = math.max(at, from) end
  end)
  return room, at
end

-- So many are being sent.
local function spend(P, provider, rates, sent, now)
  each_rate(P, provider, rates, function(key, count, ms, first)
    local keep = 0
    if first then
      local gap, span = spacing(count, ms)
      local full = math.max(tonumber(redis.call('ZSCORE', key, 'at') or '0'), now) + sent * gap
      redis.call('ZADD', key, string.format('%.3f', full), 'at')
      keep = 2 * span
    else
      local last, many = redis.call('ZRANGE', key, -1, -1, 'WITHSCORES'), sent
      local moment = string.format('%.3f', now + ms / 60)
      if last[1] and tonumber(last[2]) > now then
        moment, many = last[2], many + tonumber(last[1]:match(':(%d+)$'))
        redis.call('ZREM', key, last[1])
      end
      redis.call('ZADD', key, moment, moment .. ':' .. many)
      redis.call('ZREMRANGEBYSCORE', key, '-inf', string.format('%.3f', now - ms))
      keep = 2 * ms
    end
    redis.call('PEXPIRE', key, math.ceil(keep))
  end)
end
