using System.Runtime.CompilerServices;

namespace HighPerf.Kafka.Protocol.Compression.Zstd;

/// <summary>
/// Finds matches with two hash tables: one of 8 bytes, whose hits are long, and one of 4 or 5 bytes, for what the first does not know. Before both the last
/// distance is tried one byte ahead, because records repeat their neighbours' shape. Where nothing is found the steps grow.
/// </summary>
internal static unsafe class DoubleFastFinder
{
    private const int StepShift = 8;

    public static void Find(ref SearchWindow window, in EncoderParameters parameters, uint* longTable, uint* shortTable, SequenceStore store)
    {
        byte* origin = window.Base;
        byte* lowestPlace = origin + window.Lowest;
        uint lowest = window.Lowest;
        byte* end = window.End;
        byte* limit = end - 9;
        byte* safe = window.InputEnd - WildCopy.Slack;
        byte* place = window.Start;
        byte* anchor = place;
        uint repeat1 = window.Repeat1;
        uint repeat2 = window.Repeat2;
        int longShift = 64 - parameters.LongLog;
        int shortShift = 64 - parameters.ShortLog;
        int unused = 64 - 8 * parameters.ShortBytes;
        while (place < limit)
        {
            ulong word = MatchSearch.Read64(place);
            uint index = (uint)(place - origin);
            nuint longHash = MatchSearch.Hash(word, 0, longShift);
            nuint shortHash = MatchSearch.Hash(word, unused, shortShift);
            uint longHit = longTable[longHash];
            uint shortHit = shortTable[shortHash];
            longTable[longHash] = index;
            shortTable[shortHash] = index;
            byte* match;
            nint length;
            byte* next = place + 1;
            if (next - repeat1 >= lowestPlace && MatchSearch.Read32(next - repeat1) == (uint)(word >> 8))
            {
                place = next;
                length = MatchSearch.Count(place + 4, place + 4 - repeat1, end) + 4;
                store.Add(anchor, (nint)(place - anchor), place <= safe, 1, length);
                goto Found;
            }

            if (longHit >= lowest && MatchSearch.Read64(origin + longHit) == word)
            {
                match = origin + longHit;
                length = MatchSearch.Count(place + 8, match + 8, end) + 8;
            }
            else if (shortHit >= lowest && MatchSearch.Read32(origin + shortHit) == (uint)word)
            {
                // A long match one byte on is worth more than the short one here.
                ulong nextWord = MatchSearch.Read64(next);
                nuint nextHash = MatchSearch.Hash(nextWord, 0, longShift);
                uint nextHit = longTable[nextHash];
                longTable[nextHash] = index + 1;
                if (nextHit >= lowest && MatchSearch.Read64(origin + nextHit) == nextWord)
                {
                    place = next;
                    match = origin + nextHit;
                    length = MatchSearch.Count(place + 8, match + 8, end) + 8;
                }
                else
                {
                    match = origin + shortHit;
                    length = MatchSearch.Count(place + 4, match + 4, end) + 4;
                }
            }
            else
            {
                place += ((place - anchor) >> StepShift) + 1;
                continue;
            }

            while (place > anchor && match > lowestPlace && place[-1] == match[-1])
            {
                place--;
                match--;
                length++;
            }

            repeat2 = repeat1;
            repeat1 = (uint)(place - match);
            store.Add(anchor, (nint)(place - anchor), place <= safe, repeat1 + 3, length);

        Found:
            place += length;
            anchor = place;
            if (place < limit)
            {
                Learn(origin, index + 2, place, longTable, shortTable, longShift, shortShift, unused);
                while (place < limit && place - repeat2 >= lowestPlace && MatchSearch.Read32(place) == MatchSearch.Read32(place - repeat2))
                {
                    length = MatchSearch.Count(place + 4, place + 4 - repeat2, end) + 4;
                    (repeat1, repeat2) = (repeat2, repeat1);
                    ulong here = MatchSearch.Read64(place);
                    longTable[MatchSearch.Hash(here, 0, longShift)] = (uint)(place - origin);
                    shortTable[MatchSearch.Hash(here, unused, shortShift)] = (uint)(place - origin);
                    store.Add(anchor, 0, place <= safe, 1, length);
                    place += length;
                    anchor = place;
                }
            }
        }

        window.Repeat1 = repeat1;
        window.Repeat2 = repeat2;
        store.AddLast(anchor, (nint)(end - anchor));
    }

    /// <summary>Enters some places within a match, so that later data finds it too.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Learn(byte* origin, uint index, byte* place, uint* longTable, uint* shortTable, int longShift, int shortShift, int unused)
    {
        ulong early = MatchSearch.Read64(origin + index);
        ulong late = MatchSearch.Read64(place - 2);
        longTable[MatchSearch.Hash(early, 0, longShift)] = index;
        longTable[MatchSearch.Hash(late, 0, longShift)] = (uint)(place - 2 - origin);
        shortTable[MatchSearch.Hash(early, unused, shortShift)] = index;
        shortTable[MatchSearch.Hash(late >> 8, unused, shortShift)] = (uint)(place - 1 - origin);
    }
}
