package server

import (
	"sync"
	"sync/atomic"
)

// idleWorkers is how many goroutines of a crew wait for the next task at most.
const idleWorkers = 32

// crew carries out tasks, each in a goroutine that has nothing else to do. As many as there are tasks: one that is stuck holds up no other.
// A few wait for the next task instead of ending, because a new goroutine grows its stack anew, which costs more than to send an event.
type crew struct {
	tasks chan func()
	idle  atomic.Int32
	work  sync.WaitGroup
	ended chan struct{}
	once  sync.Once
}

func newCrew() *crew { return &crew{tasks: make(chan func()), ended: make(chan struct{})} }

// do has a task carried out, and does not wait for it. It must not be called after end.
func (c *crew) do(task func()) {
	select {
	case c.tasks <- task:
	default: // nobody waits for one
		c.work.Go(func() { c.member(task) })
	}
}

func (c *crew) member(task func()) {
	for {
		task()
		if c.idle.Add(1) > idleWorkers {
			c.idle.Add(-1)
			return
		}
		select {
		case task = <-c.tasks:
			c.idle.Add(-1)
		case <-c.ended:
			return
		}
	}
}

// end waits for the tasks that are under way. It may be called more than once.
func (c *crew) end() {
	c.once.Do(func() { close(c.ended) })
	c.work.Wait()
}
