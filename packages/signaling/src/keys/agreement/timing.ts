import { millis, seconds } from '@hellohaybye/core';

/** All that the key agreement counts and waits. Changing one changes what others may rely on. */
export const timing = {
  /** How long who has left may still be able to read: the new key is used then at the latest. */
  oldKeyInUse: seconds(1),
  /** How long keys of a sender are accepted after a newer one was used. */
  acceptedAfterUse: seconds(1),
  /** How long they are accepted after a newer one was announced. More than the sender goes on with the old one. */
  acceptedAfterNews: seconds(2),
  /** How long those who can make a step by themselves wait to be told of it: a group that comes is one message. */
  stepNews: seconds(1),
  /** The first wait until a message that nothing was heard of is sent again; each is twice the one before... */
  resend: millis(250),
  /** ...up to this. */
  resendAtMost: seconds(4),
  /** Within this an answer would say what was said just now. Less than the first wait. */
  answerAgain: millis(200),
  /** Answers to one peer in a second. */
  answersPerSecond: 5,
  /** How many steps receivers are ahead. */
  lookahead: 8,
  /** From so many steps on, those who can make them are told without waiting. */
  stepsUntold: 4,
} as const;
