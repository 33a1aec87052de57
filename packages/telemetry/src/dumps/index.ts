export { type Dump, type DumpFormat, readDump } from './read.js';
export { type DescribedAudio, readAudio } from './sdp.js';
export { writeRtcstats } from './write-rtcstats.js';
