package node

import (
	"time"

	"github.com/cachegopher/cachegopher/replica"
)

// donorSilence is the least limit for the silence of a node that takes this node's data. It sends heartbeats.
const donorSilence = 10 * time.Second

// donor is a replica.Donor that closes the connection of a taker that is silent for too long. The server's idle timeout
// does not: it holds for clients only.
type donor struct {
	*replica.Donor
	limit time.Duration
	timer *time.Timer
}

func newDonor(d *replica.Donor, limit time.Duration, kill func()) donor {
	return donor{d, limit, time.AfterFunc(limit, kill)}
}

func (d donor) Run(in, out []byte, limit int) (used int, answers []byte, err error) {
	d.timer.Reset(d.limit)
	return d.Donor.Run(in, out, limit)
}

func (d donor) Close() { d.timer.Stop() }
