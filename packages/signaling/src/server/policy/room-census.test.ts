import { describe, expect, it } from 'vitest';
import { RoomCensus } from './room-census.js';

const joined = (room: string, id: string) => ({ type: 'joined', room, id }) as const;
const left = (room: string, id: string) => ({ type: 'left', room, id, name: id, reason: 'left' }) as const;

describe('a room census', () => {
  it('lets people in until a room is full, and again when somebody left', () => {
    const census = new RoomCensus({ rooms: 9, peopleInRoom: 2 });
    census.stored(joined('lobby', 'anna'));
    expect(census.refusal('lobby')).toBeUndefined();
    census.stored(joined('lobby', 'ben'));
    expect(census.refusal('lobby')?.code).toBe('room-full');
    expect(census.refusal('kitchen')).toBeUndefined();
    census.stored(left('lobby', 'anna'));
    expect(census.refusal('lobby')).toBeUndefined();
  });

  it('refuses a new room when there are too many, and not one that is there', () => {
    const census = new RoomCensus({ rooms: 1, peopleInRoom: 9 });
    census.stored(joined('lobby', 'anna'));
    expect(census.refusal('kitchen')?.code).toBe('too-many-rooms');
    expect(census.refusal('lobby')).toBeUndefined();
    census.stored(left('lobby', 'anna'));
    expect(census.refusal('kitchen')).toBeUndefined();
  });
});
