using System.Runtime.CompilerServices;

namespace HighPerf.Kafka.Protocol.Compression.Zstd;

/// <summary>Finds matches with one hash table, two places at a time, and tries the last distance once a step. Where nothing is found the steps grow.</summary>
internal static unsafe class FastFinder
{
    private const int StepShift = 7;

    public static void Find(ref SearchWindow window, in EncoderParameters parameters, uint* table, SequenceStore store)
    {
        byte* origin = window.Base;
        uint lowest = window.Lowest;
        byte* end = window.End;
        byte* limit = end - MatchSearch.Lookahead;
        byte* place = window.Start;
        byte* anchor = place;
        uint repeat1 = window.Repeat1;
        int shift = 64 - parameters.ShortLog;
        int unused = 64 - 8 * parameters.ShortBytes;
        while (place < limit)
        {
            ulong word = MatchSearch.Read64(place);
            ulong nextWord = MatchSearch.Read64(place + 1);
            uint index = (uint)(place - origin);
            ref uint cell = ref table[MatchSearch.Hash(word, unused, shift)];
            uint hit = cell;
            cell = index;
            ref uint nextCell = ref table[MatchSearch.Hash(nextWord, unused, shift)];
            uint nextHit = nextCell;
            nextCell = index + 1;
            byte* match;
            byte* after = place + 2;
            uint value = 1;
            if (after - repeat1 >= origin + lowest && MatchSearch.Read32(after - repeat1) == (uint)(nextWord >> 8))
            {
                place = after;
                match = after - repeat1;
            }
            else
            {
                bool here = hit >= lowest && MatchSearch.Read32(origin + hit) == (uint)word;
                if (!here && (nextHit < lowest || MatchSearch.Read32(origin + nextHit) != (uint)nextWord))
                {
                    place += ((place - anchor) >> StepShift) + 2;
                    continue;
                }

                place += here ? 0 : 1;
                match = origin + (here ? hit : nextHit);
                value = 0;
            }

            // A repeated distance without literals before it would mean another one, so such a match leaves one literal.
            nint length = WildCopy.CommonLength(place + 4, match + 4, end) + 4;
            nint back = MatchSearch.CountBack(place, anchor + value, match, origin + lowest);
            place -= back;
            length += back;
            if (value == 0)
            {
                window.Repeat2 = repeat1;
                repeat1 = (uint)(place - match + back);
                value = repeat1 + 3;
            }

            store.Add(anchor, (nint)(place - anchor), window.CanReadWild(place), value, length);
            place += length;
            if (place < limit)
            {
                place = Repeats(ref window, table, unused, shift, origin + index + 2, place, limit, ref repeat1, store);
            }

            anchor = place;
        }

        window.Repeat1 = repeat1;
        store.AddLast(anchor, (nint)(end - anchor));
    }

    /// <summary>Right after a match the distance before last often fits, without literals in between.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static byte* Repeats(
        ref SearchWindow window, uint* table, int unused, int shift, byte* early, byte* place, byte* limit, ref uint repeat1, SequenceStore store)
    {
        // Two places within the match first, so that later data finds it too.
        table[MatchSearch.Hash(MatchSearch.Read64(early), unused, shift)] = (uint)(early - window.Base);
        table[MatchSearch.Hash(MatchSearch.Read64(place - 2), unused, shift)] = (uint)(place - 2 - window.Base);
        while (place < limit && window.Repeats(place, window.Repeat2))
        {
            uint distance = window.Repeat2;
            nint length = WildCopy.CommonLength(place + 4, place + 4 - distance, window.End) + 4;
            window.Repeat2 = repeat1;
            repeat1 = distance;
            table[MatchSearch.Hash(MatchSearch.Read64(place), unused, shift)] = (uint)(place - window.Base);
            store.Add(place, 0, false, 1, length);
            place += length;
        }

        return place;
    }
}
