import { presets } from '../presets.js';

export const generalHelp = `Usage: npx @hellohaybye/transport relay --listen <port> --to <address:port> [options]

Commands:
  relay   put any program behind a bad network: relay its datagrams, and lose, delay, hold back or change some

npx @hellohaybye/transport relay --help tells all options.
`;

export const relayHelp = `Usage: npx @hellohaybye/transport relay --listen <port> --to <address:port> [options]

Relays UDP datagrams, and does to them on the way what a network does. What comes in at --listen goes to --to,
"up"; answers go back to whoever sent, "down". Each sender gets a port of its own towards --to, as behind a NAT.

Where
  --listen <[address:]port>  where to listen; 127.0.0.1 unless an address is given, 0 takes any free port
  --to <[address:]port>      where to send; 127.0.0.1 unless an address or a name is given
  --via <port>               the port that --to sees the first sender at, and may send to by itself
  Several --listen, each with its --to (and --via), in order, share one network: for programs that use
  several ports, such as one for video and one for audio, or one for RTP and the next for RTCP.

What happens (one value for both directions, or two with a comma between them: up,down)
  --preset <name>            ${Object.keys(presets).slice(0, 4).join(', ')},
                             ${Object.keys(presets).slice(4).join(', ')};
                             further options change it
  --delay <time>             every packet takes so long at least: 5ms, 200us, 1s
  --jitter <time>            and up to so much longer, at random; the order stays
  --loss <share>             10% or 0.1, each packet for itself
  --burst <packets | time>   with --loss: that share is lost in bursts, so many packets long on average (5), or
                             in times when all is lost, so long on average (5ms)
  --stall <length/every>     everything is held back for a time: 50ms/1s; at random: 20ms-200ms/1s-5s
  --reorder <share[/time]>   packets that are so much later (5ms) that others overtake them: 1%/5ms
  --duplicate <share>        packets that come twice
  --corrupt <share>          packets with one to four bits flipped
  --rate <rate>              bits a second with IP and UDP headers: 20mbit, 500kbit
  --queue <bytes>            what waits for the rate at most: 64kB; more is lost
  --cross <rate/on/off>      traffic of others within the rate that comes and goes: 90mbit/1s/2s
  --mtu <bytes>              larger IP packets are lost; a datagram is 28 bytes less
  --up-only, --down-only     the other direction is a perfect wire

Running
  --seed <number>            which packets are hit; the same again for the same seed (default: 1)
  --duration <time>          end after this time: 30s, or 30 for seconds
  --json                     print the counts as one JSON object on stdout, and all else on stderr
  --help                     print this

It runs until Ctrl-C, then prints its counts. Exit codes: 0 when it was ended, 1 when it failed (a port is in
use), 2 when the command line is wrong.

Examples
  npx @hellohaybye/transport relay --listen 6001 --to 127.0.0.1:5001 --loss 10% --burst 5 --delay 5ms --seed 7
  npx @hellohaybye/transport relay --listen 6001 --to 5001 --listen 6002 --to 5002 --preset wifi-bad
  npx @hellohaybye/transport relay --listen 0.0.0.0:6001 --to 192.168.1.20:5001 --rate 20mbit,2mbit --queue 64kB
`;
