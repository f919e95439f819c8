package node

import (
	"time"

	"github.com/cachegopher/cachegopher/replica"
)

// donorSilence is how long a node that takes this one's data may be silent at least; it sends heartbeats.
const donorSilence = 10 * time.Second

// donor is a replica.Donor whose connection is closed when the one who takes is silent: it counts as a node's, for
// which no limit of clients holds.
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
