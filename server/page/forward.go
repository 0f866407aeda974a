package page

import (
	"slices"
	"time"

	"github.com/rocketline/rocketline/rocketchat"
)

const (
	// lateness is how long after its time a message may appear: Rocket.Chat stamps a message and then checks and stores it.
	lateness = 5 * time.Second
	// maxGiven is how many documents a token names. More than that in one millisecond are told by their order alone, and one that is
	// added to that millisecond while a listing is in it may then be passed over.
	maxGiven = 1000
	// maxEnds bounds a token's length in a long room.
	maxEnds = 200
)

// Forward is where a listing from the first message on has come to. Its zero value, but for Step, is the beginning.
type Forward struct {
	// Floor is the time below which everything was given out.
	Floor time.Time
	// Given are the documents at or above Floor that were given out. A message may appear a moment after newer ones, so near the newest
	// Floor stays lateness behind.
	Given Set
	// After stands for documents of the millisecond Floor where there are too many to be named: this id and those below were given out.
	After string
	// Ends are times, ascending, that cut what is still to come into parts that can be read in one go: below the first, below the second,
	// and so on. What was written from the last on is read at the end of the listing. Nothing was given out above the first.
	Ends []time.Time
	// Step is about how many documents lie between two ends, at least 1.
	Step int
}

// Before is the time below which upstream has to look for what follows; zero for the newest.
func (f Forward) Before() time.Time {
	if len(f.Ends) == 0 {
		return time.Time{}
	}
	return f.Ends[0]
}

// Reaches tells whether a read below Before, newest first, has everything there that was not given out yet. whole: it has all that
// there is.
func (f Forward) Reaches(read []rocketchat.Message, whole bool) bool {
	return whole || read[len(read)-1].CreatedAt.Before(f.Floor)
}

// Has tells whether a document was given out already.
func (f Forward) Has(d rocketchat.Message) bool {
	return d.CreatedAt.Before(f.Floor) || d.CreatedAt.Equal(f.Floor) && f.After != "" && d.ID <= f.After || f.Given.Has(d.ID)
}

// Behind is the place behind documents that were just given out, in order, of a read that Reaches. newest is the time of the newest
// document that is known of.
func (f Forward) Behind(given, read []rocketchat.Message, newest time.Time) Forward {
	if len(given) == 0 {
		return f
	}
	last := given[len(given)-1]
	told := make(Set, len(f.Given)+len(given))
	for m := range f.Given {
		told[m] = struct{}{}
	}
	for _, d := range given {
		told.add(d.ID)
	}
	floor := newest.Add(-lateness)
	if floor.UnixMilli() < 1 {
		floor = time.UnixMilli(1).UTC() // 0 has a meaning of its own in a token
	}
	if last.CreatedAt.Before(floor) {
		floor = last.CreatedAt
	}
	next := f.raise(floor, told, read)
	if len(next.Given) > maxGiven {
		next = f.raise(last.CreatedAt, told, read)
	}
	if len(next.Given) > maxGiven && last.CreatedAt.Equal(next.Floor) {
		above := slices.DeleteFunc(slices.Clone(read), func(d rocketchat.Message) bool { return d.CreatedAt.Equal(next.Floor) })
		next = next.raise(next.Floor, told, above)
		next.After = last.ID
	}
	return next
}

// raise lifts the floor, if that is above the one before, and names what was told of a read from there on.
func (f Forward) raise(floor time.Time, told Set, read []rocketchat.Message) Forward {
	if floor.After(f.Floor) {
		f.Floor, f.After = floor, ""
	}
	f.Given = Set{}
	for _, d := range read {
		if !d.CreatedAt.Before(f.Floor) && told.Has(d.ID) {
			f.Given.add(d.ID)
		}
	}
	return f
}

// Done is the place at the next end, when everything below the first was given out.
func (f Forward) Done() Forward {
	f.Ends = f.Ends[min(1, len(f.Ends)):]
	return f
}

// Cut notes ends within a read below Before, newest first, so that it can be read again in parts: between milliseconds only, and above
// everything that was given out. open: the read does not Reach, so what it has is cut off from what lies below. Where the read is all of
// one millisecond, nothing changes.
func (f Forward) Cut(read []rocketchat.Message, open bool) Forward {
	if i := slices.IndexFunc(read, f.Has); i >= 0 {
		read, open = read[:i], false
	}
	var ends []time.Time // descending
	lowest := f.Before()
	for i, d := range read {
		top, step, bottom := i == 0 && len(f.Ends) == 0, i > 0 && i%f.Step == 0, i == len(read)-1 && open
		if end := behind(d.CreatedAt); (top || step || bottom) && (lowest.IsZero() || end.Before(lowest)) {
			ends = append(ends, end)
			lowest = end
		}
	}
	slices.Reverse(ends)
	f.Ends = append(ends, f.Ends...)
	for len(f.Ends) > maxEnds { // every second stays, the first and the last in any case
		var fewer []time.Time
		for i, end := range f.Ends {
			if i%2 == 0 || i == len(f.Ends)-1 {
				fewer = append(fewer, end)
			}
		}
		f.Ends, f.Step = fewer, min(2*f.Step, MaxStep)
	}
	return f
}
