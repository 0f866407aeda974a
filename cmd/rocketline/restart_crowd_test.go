package main

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"strconv"
	"sync"
	"testing"
	"time"
)

// congregation are faithful readers, one for each room, and ann, who writes into all the rooms.
type congregation struct {
	t       testing.TB
	box     *box
	readers []*faithful
	written map[*visit]map[string]string // text by id; of ann's goroutine, until she has stopped
	silence func()                       // stops ann, and waits
}

// congregate lets a faithful reader follow each visit, and ann write a number into a room at random, the next one after each pause.
func congregate(t testing.TB, b *box, address string, visits []*visit, hurry float64, pause time.Duration) *congregation {
	t.Helper()
	c := &congregation{t: t, box: b, written: make(map[*visit]map[string]string)}
	reading, leave := context.WithCancel(context.Background())
	writing, stop := context.WithCancel(context.Background())
	var readers, writer sync.WaitGroup
	c.silence = func() { stop(); writer.Wait() }
	t.Cleanup(func() { c.silence(); leave(); readers.Wait() })
	for _, v := range visits {
		f := &faithful{visit: v, address: address, hurry: hurry,
			texts: make(map[string]string), versions: make(map[string]string), resets: make(map[string]int)}
		c.readers = append(c.readers, f)
		c.written[v] = make(map[string]string)
		readers.Go(func() { f.run(reading) })
	}
	writer.Go(func() {
		for number := 1; writing.Err() == nil; number++ {
			v, text := visits[rand.N(len(visits))], strconv.Itoa(number)
			id, err := b.say(v, text)
			if err != nil {
				t.Errorf("ann cannot write: %v", err)
				return
			}
			c.written[v][id] = text
			select {
			case <-time.After(pause):
			case <-writing.Done():
			}
		}
	})
	return c
}

// roundBegins forgets who has caught up: nobody can before the service runs again.
func (c *congregation) roundBegins() {
	for _, f := range c.readers {
		f.mu.Lock()
		f.caughtUp = time.Time{}
		f.mu.Unlock()
	}
}

// allCaughtUp waits until every reader has caught up in this round, and returns when the last one had.
func (c *congregation) allCaughtUp() (last time.Time) {
	c.t.Helper()
	c.wait("caught up", func(f *faithful) bool {
		if f.caughtUp.After(last) {
			last = f.caughtUp
		}
		return !f.caughtUp.IsZero()
	})
	return last
}

// tally is how it went, of all readers together.
type tally struct {
	messages, again, late int
	resets                map[string]int
}

func (s tally) String() string {
	return fmt.Sprintf("%d messages, %d told again, %d told after newer ones, resets: %v", s.messages, s.again, s.late, s.resets)
}

// end stops ann, waits until every reader knows what she wrote, compares it with Rocket.Chat's own record of each room, and
// counts.
func (c *congregation) end() tally {
	c.t.Helper()
	c.silence()
	c.wait("whole", func(f *faithful) bool { return len(f.texts) >= len(c.written[f.visit]) })
	sum := tally{resets: make(map[string]int)}
	for _, f := range c.readers {
		stored, err := c.box.messages(f.visit)
		if err != nil {
			c.t.Fatal(err)
		}
		if want := c.written[f.visit]; !maps.Equal(stored, want) {
			c.t.Errorf("in room %s ann wrote %v, and Rocket.Chat has %v", f.visit.room, want, stored)
		}
		f.mu.Lock()
		if !maps.Equal(f.texts, stored) {
			c.t.Errorf("the reader of room %s has %v, and Rocket.Chat %v", f.visit.room, f.texts, stored)
		}
		sum.messages += len(stored)
		sum.again += f.again
		sum.late += f.late
		for cause, n := range f.resets {
			sum.resets[cause] += n
		}
		f.mu.Unlock()
	}
	return sum
}

// wait waits until something is true of every reader, but no longer than patience while the number of those does not grow.
func (c *congregation) wait(what string, is func(*faithful) bool) {
	c.t.Helper()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	best, since := -1, time.Now()
	for {
		there := 0
		for _, f := range c.readers {
			f.mu.Lock()
			failure := f.failure
			if is(f) {
				there++
			}
			f.mu.Unlock()
			if failure != nil {
				c.t.Fatalf("the reader of room %s: %v", f.visit.room, failure)
			}
		}
		switch {
		case there == len(c.readers):
			return
		case there > best:
			best, since = there, time.Now()
		case time.Since(since) > patience:
			c.t.Fatalf("%d of %d readers are never %s", len(c.readers)-there, len(c.readers), what)
		}
		<-tick.C
	}
}
