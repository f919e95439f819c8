package session

// elsewhere reports whether EXEC is to be answered with an error because the transaction has keys of several slots, or of
// one that this node does not serve.
func (c *Call) elsewhere(t *transaction) bool {
	of := c.Node.cluster.Load()
	if of != nil && c.Session.routes {
		return c.strange(of, t)
	}
	if of == nil || !c.redirected(t.needs) {
		return false
	}
	switch slot, one := c.slotOf(t); {
	case !one:
		c.crossSlot()
	case slot >= 0 && of.suspends(slot):
		c.tryAgain()
	case !of.owns(slot) || !of.leads && !c.reads(t.needs):
		c.moved(of, slot)
	default:
		return false
	}
	return true
}

// awaitsLead is awaitLead for EXEC.
func (c *Call) awaitsLead(t *transaction) bool {
	of := c.Node.cluster.Load()
	if of == nil || !c.redirected(t.needs) || !c.writesElsewhere(t.needs) && (of.leads || c.reads(t.needs)) {
		return false
	}
	slot, one := c.slotOf(t)
	return one && slot >= 0 && of.owns(slot) && c.awaitLead(of, slot)
}

// strange is elsewhere for a client that routes itself.
func (c *Call) strange(of *Cluster, t *transaction) bool {
	if of.exempts(c.Session) {
		return false
	}
	args, buf := c.args, c.buf
	defer func() { c.args, c.buf = args, buf }()
	c.buf = t.buf
	for _, q := range t.queue {
		c.args = t.args[q.first : q.first+q.argc]
		switch slot := c.stranger(of, q.cmd); {
		case slot < 0:
			continue
		case of.suspends(slot):
			c.tryAgain()
		default:
			c.moved(of, slot)
		}
		return true
	}
	return false
}

// slotOf returns the slot of the transaction's keys; one is false if they are in several. REQUIRES: there is a key.
func (c *Call) slotOf(t *transaction) (slot int, one bool) {
	args, buf := c.args, c.buf
	defer func() { c.args, c.buf = args, buf }()
	c.buf = t.buf
	slot, one = -1, true
	for _, q := range t.queue {
		c.args = t.args[q.first : q.first+q.argc]
		if q.cmd.key == 0 || q.cmd.key >= len(c.args) {
			continue
		}
		of, same := c.slot(q.cmd)
		one = one && same && (slot < 0 || of == slot)
		slot = of
	}
	return slot, one
}
