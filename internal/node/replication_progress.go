package node

import (
	"errors"
	"fmt"
)

// served is closed once the node has begun to serve clients.
func (r *replication) served() <-chan struct{} {
	if r == nil {
		return always
	}
	return r.member.Served()
}

// alone is closed once etcd has shown that no other running node has this node's id; without etcd at once.
func (r *replication) alone() <-chan struct{} {
	if r == nil {
		return always
	}
	return r.gate.opened
}

// ready is closed once clients should be sent to the node.
func (r *replication) ready() <-chan struct{} {
	if r == nil {
		return always
	}
	return r.member.Ready()
}

// always is a closed channel.
var always = func() chan struct{} { c := make(chan struct{}); close(c); return c }()

// notReady returns why clients should not be sent to the node, nil if they should.
func (r *replication) notReady() error {
	switch {
	case r == nil:
		return nil
	case r.restoring():
		return errors.New("reading the snapshot")
	case !r.gate.isOpen():
		return errors.New("waiting for etcd, which says whether another node runs with this id")
	case !r.member.Serves():
		if p, _ := r.member.Part(); p != nil {
			if why := p.Status(r.now()).Holding; why != "" {
				return fmt.Errorf("recovering: waiting for members that may have the group's data: %s", why)
			}
		}
		return errors.New("recovering: receiving the group's data")
	case !r.member.IsReady():
		return errors.New("not in step with the primary yet: replies may lack recent writes")
	}
	return nil
}

// progress returns the bytes of its group's data that a recovering node has received so far.
func (r *replication) progress() int64 {
	if r == nil {
		return 0
	}
	p, s := r.member.Part()
	switch {
	case p != nil:
		return p.Status(r.now()).Fetching.Bytes
	case s != nil:
		return s.Status(r.now()).Counts.Bytes
	}
	return 0
}
