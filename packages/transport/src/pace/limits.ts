/**
 * Most bytes that leave at one instant, all destinations together: 64 KiB, some 54 datagrams of 1200 bytes.
 * Cheap home switches share 128 to 512 kB among their ports and let one port have about half of what is
 * free, so this much fits even when it all goes to one slow port. The last datagram may exceed it.
 */
export const MAX_BURST_BYTES = 64 * 1024;

/**
 * Bytes of a group: what one destination is sent at once after a pause. A frame of 40 kB is one, with what its headers
 * take, and needs no timer. The groups of two senders may meet at one port: 96 KiB.
 */
export const GROUP_BYTES = 48 * 1024;

/** Credit that frames and repair leave untouched, a destination, so that audio and reports never wait for it. */
export const RESERVE_BYTES = 4096;

/** Bytes a microsecond of what leaves, all destinations together: gigabit Ethernet's. */
export const LINE_RATE = 1e9 / 8e6;
