package replay

import "strings"

// lateness is how many milliseconds the recorded servers' frames came after the change that they tell of, at most: the stand-in for
// their database was that slow.
const lateness = 1000

// late tells which frames of ours, by their place in a stream, the recorded server was too late to send: what they say was
// overtaken, or the client had left.
func (l *link) late(stream string) func(int) bool {
	got := at(l.got, stream)
	documents := mayRepeat(stream) || strings.HasSuffix(stream, "/subscriptions-changed")
	return func(i int) bool {
		if l.closed.recorded && got.stamps[i] > l.closed.at-lateness && i >= len(at(l.want, stream).items) {
			return true
		}
		if !documents {
			return false
		}
		window := int64(lateness)
		if mayRepeat(stream) {
			window = 1 << 60
		}
		return superseded(got, i, window)
	}
}

// superseded says that a frame tells of a document, and a later one tells of it again. Recorded servers read the document when
// they got to it: after several changes in a row all their frames told of the last, or none if it was gone.
func superseded(q *queue, i int, window int64) bool {
	subject := subjectOf(q.items[i])
	if subject == "" {
		return false
	}
	for j := i + 1; j < len(q.items) && q.stamps[j] <= q.stamps[i]+window; j++ {
		if subjectOf(q.items[j]) == subject {
			return true
		}
	}
	return false
}
