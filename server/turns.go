package server

import (
	"context"
	"sync"
)

// turns lets calls run one after another that would undo each other's checks if they ran at the same time: those of one key wait for one
// another, those of different keys do not. The zero value is ready.
type turns struct {
	mu     sync.Mutex
	queues map[string]*queue
}

// queue is the turn of one key: whoever has put something into the channel has it.
type queue struct {
	turn  chan struct{}
	users int // who has the turn or waits for it
}

// take waits for the key's turn, at most until ctx ends. The caller gives it back by calling done.
func (t *turns) take(ctx context.Context, key string) (done func(), err error) {
	t.mu.Lock()
	if t.queues == nil {
		t.queues = make(map[string]*queue)
	}
	q := t.queues[key]
	if q == nil {
		q = &queue{turn: make(chan struct{}, 1)}
		t.queues[key] = q
	}
	q.users++
	t.mu.Unlock()

	select {
	case q.turn <- struct{}{}:
		return func() { <-q.turn; t.leave(key, q) }, nil
	case <-ctx.Done():
		t.leave(key, q)
		return nil, ctx.Err()
	}
}

func (t *turns) leave(key string, q *queue) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if q.users--; q.users == 0 {
		delete(t.queues, key)
	}
}
