package load

// flow counts what result.Flow describes, for one worker and a whole round.
type flow struct{ due, sent, unsent, drained, early, good int64 }

func (f *flow) add(o *flow) {
	f.due += o.due
	f.sent += o.sent
	f.unsent += o.unsent
	f.drained += o.drained
	f.early += o.early
	f.good += o.good
}

// answered counts a request of the round: in time if the measured time was not over, good if it was correct and quick.
func (f *flow) answered(inTime, good bool) {
	if !inTime {
		f.drained++
	} else if good {
		f.good++
	}
}
