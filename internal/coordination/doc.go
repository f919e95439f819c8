// Package coordination lets etcd decide who leads each group. It is the only package that imports etcd's client.
//
// Keys begin with /cachegopher/<cluster>/. A member's key, members/<group>/<id>, and its group's groups/<group>/primary,
// if it leads, are on one lease of the member, which it renews three times in failover_after. The member that creates the
// primary's key leads, in an epoch higher than any that etcd (groups/<group>/last) or the members know.
//
// A lease alone does not keep two primaries from acknowledging: its holder may not have noticed that the lease has ended.
// So a primary acknowledges only until failover_after, less a margin, after it *sent* the last successful renewal. Without
// etcd it may continue (failsafe) while all secondaries confirm that they follow it; a secondary that has confirmed does
// not stand for election for failover_after, unless it knows that the primary's process has ended. One that is to leave a
// primary without a lease stops confirming first, and takes writes until the primary must have stopped acknowledging them.
//
// A primary is replaced in one of three ways: it hands over; its connections end and its port refuses, upon which a
// secondary revokes its lease; or its lease expires. In the latter cases the members stand for election, and the one that holds
// most claims the lead. A candidate waits for better ones, and for live members that have not stood yet: shortly if it took part in
// the last epoch; otherwise in the order of failover_after, since others are likely to have writes that it lacks. It then also waits for
// members that have not registered yet, and claims the lead only if it knows all that etcd has.
package coordination
