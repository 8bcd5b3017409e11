-- Plan the one delivery that tells a recipient how many were held back, and forget that they were. Keys: see plan.lua and flood.lua.
-- ARGV: who:window count event-key id source type position time notes version, then the delivery's id and the fields of write.lua.
-- Returns 1, or 0: they were told before, or the number isn't that any more.
local P = KEYS[1]
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local at = 0
local function take() at = at + 1; return ARGV[at] end

local member, count = take(), take()
if redis.call('HGET', P .. 'held:' .. member, 'count') ~= count then return 0 end
redis.call('DEL', P .. 'held:' .. member)
redis.call('ZREM', P .. 'held', member)
local key, id, source, type_, position, moment, notes, configured = take(), take(), take(), take(), take(), take(), take(), take()
local event, did = P .. 'event:' .. key, take()
-- Without `raw`: no producer sent it, so there is nothing to evaluate again.
write_event(P, key, id, source, type_, position, moment, notes)
redis.call('HSET', event, 'planned', now, 'open', 1, 'version', configured)
lay(P, now, key, did, '', fields(take, now), configured, true)
return 1
