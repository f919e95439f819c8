package session

import "github.com/cachegopher/cachegopher/lru"

// setOptions are the options of SET and GETEX.
type setOptions struct {
	nx, xx, get, keepTTL, persist bool
	ifEq                          int    // argument that holds the comparison value, 0: none
	expiry                        string // EX, PX, EXAT or PXAT, empty: none
	arg                           int    // the expiry argument
}

// optionSet says which options a command has.
type optionSet uint8

const (
	setCommandOptions optionSet = iota
	getExOptions
)

// setOptions reads the options from argument i on; it answers on a syntax error.
func (c *call) setOptions(i int, which optionSet) (o setOptions, ok bool) {
	for ; i < len(c.args); i++ {
		more := i+1 < len(c.args)
		set := which == setCommandOptions
		switch {
		case set && c.is(i, "NX") && !o.xx && o.ifEq == 0:
			o.nx = true
		case set && c.is(i, "XX") && !o.nx && o.ifEq == 0:
			o.xx = true
		case set && c.is(i, "IFEQ") && more && !o.nx && !o.xx && o.ifEq == 0:
			i++
			o.ifEq = i
		case set && c.is(i, "GET"):
			o.get = true
		case set && c.is(i, "KEEPTTL") && o.expiry == "":
			o.keepTTL = true
		case !set && c.is(i, "PERSIST") && o.expiry == "":
			o.persist = true
		case more && !o.keepTTL && !o.persist && o.time(c, i):
			i++
			o.arg = i
		default:
			c.fail(syntaxError)
			return o, false
		}
	}
	return o, true
}

// time reads which kind of expiry argument i announces. It may be given again,
// but not another kind.
func (o *setOptions) time(c *call, i int) bool {
	for _, kind := range [...]string{"EX", "PX", "EXAT", "PXAT"} {
		if c.is(i, kind) && (o.expiry == "" || o.expiry == kind) {
			o.expiry = kind
			return true
		}
	}
	return false
}

// expireAt reads the expiry argument, if there is one.
func (o *setOptions) expireAt(c *call) (at int64, ok bool) {
	switch o.expiry {
	case "EX":
		return c.expiryArg(o.arg, 1000, c.now)
	case "PX":
		return c.expiryArg(o.arg, 1, c.now)
	case "EXAT":
		return c.expiryArg(o.arg, 1000, 0)
	case "PXAT":
		return c.expiryArg(o.arg, 1, 0)
	}
	return 0, true
}

func cmdSet(c *call) {
	if len(c.args) > 3 {
		cmdSetWith(c)
		return
	}
	s := c.lock(c.h)
	defer c.unlock(s)
	if c.put(s, c.h, c.arg(1), c.arg(2), 0) {
		c.ok()
	}
}

// cmdSetWith is SET with options.
func cmdSetWith(c *call) {
	o, ok := c.setOptions(3, setCommandOptions)
	if !ok {
		return
	}
	at, ok := o.expireAt(c)
	if !ok {
		return
	}
	key, value := c.arg(1), c.arg(2)
	s := c.lock(c.h)
	defer c.unlock(s)
	var e lru.Entry
	if o.get {
		e, ok = s.Get(c.h, key, c.now)
	} else {
		e, ok = s.Peek(c.h, key, c.now)
	}
	start := len(c.out)
	if o.get {
		if ok {
			c.value(s, e)
		} else {
			c.null()
		}
	}
	reply := len(c.out)
	if o.nx && ok || o.xx && !ok || o.ifEq != 0 && (!ok || !s.ValueEqual(e, c.arg(o.ifEq))) {
		if !o.get {
			c.null()
		}
		return
	}
	if o.keepTTL && ok {
		at = s.Expiry(e)
	}
	if !c.put(s, c.h, key, value, at) {
		c.dropReply(start, reply)
	} else if !o.get {
		c.ok()
	}
}
