package follow

import livechatv1 "github.com/rocketline/rocketline/gen/go/rocketline/livechat/v1"

// reader begins to read. The room is ready.
func (r *room) reader(from Start, wake chan<- struct{}, leave func()) *Reader {
	r.mu.Lock()
	defer r.mu.Unlock()
	unwatch := r.log.Watch(wake)
	rd := &Reader{room: r, stop: func() { unwatch(); leave() }}
	p := from.Place
	switch {
	case from.Unplaced != livechatv1.ResetCause_RESET_CAUSE_UNSPECIFIED:
		r.o.Meter.Resumed(byReset)
		rd.place = Place{Told: true, Blurred: true} // whoever comes back before the reset was told needs one, too
		rd.reset(from.Unplaced)
	case p == nil || !p.Told:
		rd.anew(from.History)
	case rd.follows(*p):
		r.o.Meter.Resumed(byRing)
		rd.resumed = true
	default:
		rd.place, rd.came = *p, from.came
		rd.resumed = rd.refill()
		if !rd.unsure {
			rd.measure(rd.resumed)
		}
	}
	if rd.start != nil {
		rd.begin()
	}
	r.shed()
	return rd
}

// follows takes a place in the log, if the log still goes on from there.
func (rd *Reader) follows(p Place) bool {
	r := rd.room
	if p.Epoch != r.epoch {
		return false
	}
	if _, _, err := r.log.Read(p.Next, 0); err != nil {
		return false
	}
	rd.place, rd.next, rd.live = p, p.Next, r.log.Head()
	return true
}

// anew lets the reader begin with the room's newest messages.
func (rd *Reader) anew(history int) {
	rd.start = func() ([]*entry, bool) {
		told, since, ready := rd.room.state.snapshot(history)
		if ready {
			rd.place = fresh(since)
		}
		return told, ready
	}
}

// reset lets the reader drop what it knows and begin with the room's newest messages. Until it is told so it stands where it stood: where it
// comes from, it may still be told exactly what came since.
func (rd *Reader) reset(why livechatv1.ResetCause) {
	rd.room.o.Meter.Reset(causeName(why))
	rd.start = func() ([]*entry, bool) { return rd.room.state.resetTo(why, resetHistory) }
}

// refill lets the reader go on from its place by what it knows, or else with a reset, and tells which; false while that is not known.
func (rd *Reader) refill() (kept bool) {
	_, why := rd.room.state.since(rd.place)
	kept = why == livechatv1.ResetCause_RESET_CAUSE_UNSPECIFIED
	if rd.unsure = !kept && rd.mayKnowBetter(); !kept && !rd.unsure {
		rd.reset(why)
		return false
	}
	rd.start = rd.goOn
	return kept
}

// goOn tells what has happened since the reader's place, unless something has to be read for it first.
func (rd *Reader) goOn() (told []*entry, ready bool) {
	told, why, ready := rd.room.state.resume(rd.place)
	wrong := why != livechatv1.ResetCause_RESET_CAUSE_UNSPECIFIED // perhaps only since the history was asked for
	if wrong && rd.mayKnowBetter() {
		return nil, false
	}
	if rd.unsure {
		rd.unsure = false
		rd.measure(!wrong)
	}
	if wrong {
		rd.reset(why)
		return rd.start()
	}
	return told, ready
}

// mayKnowBetter tells whether the reader, who has read elsewhere, may have been told what this process has not heard of yet: its connection may
// be dead, and nobody has noticed. Nothing is held against the reader before the room has been read after its coming.
func (rd *Reader) mayKnowBetter() bool {
	return rd.room.ending == Running && rd.room.state.readAt.Before(rd.came)
}

// measure counts how a reader that came back goes on.
func (rd *Reader) measure(kept bool) {
	how := byReset
	if kept {
		how = bySum
	}
	rd.room.o.Meter.Resumed(how)
}
