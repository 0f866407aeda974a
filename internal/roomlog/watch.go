package roomlog

// watcher is one who is woken: a link in the list of a log's. There are many logs and most have a watcher or two, which a list keeps
// in less memory than a map does, and lets go as fast.
type watcher struct {
	wake       chan<- struct{}
	prev, next *watcher
	gone       bool
}

// Watch makes the log send to w, without waiting, whenever there may be something new; w wants a buffer of one. One channel may watch
// many logs. The returned function ends it.
func (l *Log[E]) Watch(w chan<- struct{}) (stop func()) {
	l.mu.Lock()
	defer l.mu.Unlock()
	added := &watcher{wake: w, next: l.watchers}
	if added.next != nil {
		added.next.prev = added
	}
	l.watchers = added
	return func() { l.unwatch(added) }
}

func (l *Log[E]) unwatch(w *watcher) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if w.gone {
		return
	}
	w.gone = true
	if w.next != nil {
		w.next.prev = w.prev
	}
	if w.prev != nil {
		w.prev.next = w.next
	} else {
		l.watchers = w.next
	}
}

// Wake wakes the watchers although nothing was appended: something beside the log has changed.
func (l *Log[E]) Wake() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.wake()
}

func (l *Log[E]) wake() {
	for w := l.watchers; w != nil; w = w.next {
		select {
		case w.wake <- struct{}{}:
		default: // it has been woken already
		}
	}
}
