-- Plan a batch of events: write every delivery and mark its event planned, once.
--
-- The keys of the record (P is KEYS[1], "nt:{0}:"; one hash tag, so all of it lives on one shard):
--   P event:<key>              hash  one event: id type raw time planned open, version (the configuration's), and where event.lua
--                                    writes them: source position notes (a note is handler verdict reason detail; not there: each
--                                    delivery's definition matched),
--                                    and while it waits for the directory: deferrals deferred_since again arrived;
--                                    asked_deferrals asked_since: the same while reopened letters wait
--   P event:<key>:deliveries   list  its deliveries' ids, but for the first, which is a field of the event: delivery.
--                                    (Earlier all were here.)
--   P event:<key>:asked        set   its reopened letters: their definitions meet the event again (desk.lua, recompose.lua)
--   P event:<key>:stands       hash  id a delivery would have -> the letter that stands for it, recomposed for another address
--   P event:<key>:members       hash  a realm's member and a definition -> the pass that planned what there is for them,
--                                    until the event is final
--   P sources                  set   sources of events: an event is found by them and its id, and its source by its key
--   P ids:<id>                 set   the keys of the events a producer called <id> whose source isn't there
--   P delivery:<id>            hash  one delivery, all its life: event, of, and the fields of write.lua that aren't the usual ones;
--                                    provider: whom it queues for now; channel and name: whom it was planned for, if that is another;
--                                    refused_by: the fallback that won't have it; was: its state before it was reopened;
--                                    configuration_version and created: if they aren't its event's version and planned.
--                                    (Earlier all fields were written, with event_id and type; no of.)
--                                    attempt: its first one, JSON
--   P attempts:<id>            list  its further attempts, oldest first (earlier all were here)
--   P receipts:<id>            list  what its provider told of it later, JSON;  P message:<name>  string  part and id of the delivery
--                                    that a provider calls so;  P early:<name>  list  receipts for a name that isn't known yet
--   P providers                set   <channel>:<provider> of every provider that ever had a delivery
--   P provider:<p>             hash  accepted deferred rejected ... (counters); its circuit (see circuit.lua): failures in
--                                    a row, resume_at (ms) until which it is left alone, answered_at (ms)
--   P due:<p>                  zset  delivery id -> when it may be tried (ms)
--   P leased:<p>               zset  delivery id -> when the lease ends (ms)
--   P desk                     zset  delivery id -> when it got there (ms): dead, expired, held, reopened
--   P rate:<p>:<rate>          zset  what it was sent lately (see rate.lua)
--   P guard:<who>, P held, P held:<who>:<window>, P flood: what one recipient got lately, and what was held back (see flood.lua)
--   P bells:<name>             zset  bell id (behind a * : its work has begun) -> when it is forgotten (ms)
--   P deferred                 zset  event key -> when it is evaluated again (ms): the directory is down
--   P reopened                 zset  event key -> since when it waits to be put back into the stream (ms)
--                                    (both: <key>:asked where only its reopened letters wait)
--   P mark                     string  a word beside what the sweep puts back into the stream for reopened letters (intake/stream.py)
--   P workers                  zset  worker's name -> when it is forgotten (ms);  P worker:<name>  its report, JSON
--   P sweep                    string  somebody sweeps in this tick
--   P quarantine               zset  id -> when (ms);  P quarantine:<id>  hash  raw reason detail at
--
-- ARGV: number of events, what one recipient gets (0: everything) in how long (ms), what is said of the rest, then for each: key id source type position raw time notes final again arrived version
--   pass deliveries (version: the configuration's; pass: a word that all calls of one evaluation have in common),
--   (final: the retention in ms, 0 while more of the event's deliveries follow; again: when to evaluate it anew, or 0)
--   then for each delivery: its id and the fields of write.lua.  Returns for each event 1 (planned now) or 0 (planned before).
local P = KEYS[1]
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local limit, window, beyond = tonumber(ARGV[2]), tonumber(ARGV[3]), ARGV[4]
local at = 4
local function take() at = at + 1; return ARGV[at] end

local answers = {}
for _ = 1, tonumber(ARGV[1]) do
  local key, id, source, type_, position = take(), take(), take(), take(), take()
  local raw, moment, notes, final = take(), take(), take(), take()
  local again, arrived, configured, pass, count = take(), take(), take(), take(), tonumber(take())
  local event = P .. 'event:' .. key
  local known = redis.call('HEXISTS', event, 'planned') == 1
  if not known then
    write_event(P, key, id, source, type_, position, moment, notes)
    redis.call('HSET', event, 'raw', raw)
    if configured ~= '' then redis.call('HSETNX', event, 'version', configured) end
  end
  local opened, whole = 0, final ~= '0' and again == '0'
  for _ = 1, count do
    local did = take()
    local list, whom, envelope = fields(take, now)
    -- A letter that was recomposed for another address stands for the delivery to it.
    if not known and redis.call('EXISTS', P .. 'delivery:' .. did) == 0
        and redis.call('HEXISTS', event .. ':stands', did) == 0 and not told(P, key, pass, list) then
      if limit > 0 and whom ~= '' and too_many(P, now, did, whom, limit, window, envelope) then
        list[STATE], list[REASON], list[DETAIL] = 'held', 'recipient_limit', beyond
      end
      lay(P, now, key, did, pass, list, configured, whole)
      opened = opened + 1
    end
  end
  if opened > 0 then redis.call('HINCRBY', event, 'open', opened) end
  if not known and again ~= '0' then
    redis.call('HINCRBY', event, 'deferrals', 1)
    redis.call('HSETNX', event, 'deferred_since', now)
    redis.call('HSETNX', event, 'arrived', arrived)
    redis.call('HSET', event, 'again', again)
    redis.call('ZADD', P .. 'deferred', again, key)
  elseif not known and final ~= '0' then
    redis.call('HSET', event, 'planned', now)
    redis.call('HDEL', event, 'again')
    redis.call('ZREM', P .. 'deferred', key)
    -- Nothing left to deliver: the event is final at once.
    if tonumber(redis.call('HGET', event, 'open') or '0') <= 0 then forget(P, key, final) end
  end
  answers[#answers + 1] = known and 0 or 1
end
return answers
