namespace HighPerf.Kafka.Protocol.Compression.Zstd;

/// <summary>Finds matches with one hash table, two places at a time, and tries the last distance once a step. Where nothing is found the steps grow.</summary>
internal static unsafe class FastFinder
{
    private const int StepShift = 7;

    public static void Find(ref SearchWindow window, in EncoderParameters parameters, uint* table, SequenceStore store)
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
        int shift = 64 - parameters.ShortLog;
        int unused = 64 - 8 * parameters.ShortBytes;
        while (place < limit)
        {
            ulong word = MatchSearch.Read64(place);
            ulong nextWord = MatchSearch.Read64(place + 1);
            uint index = (uint)(place - origin);
            nuint hash = MatchSearch.Hash(word, unused, shift);
            nuint nextHash = MatchSearch.Hash(nextWord, unused, shift);
            uint hit = table[hash];
            table[hash] = index;
            uint nextHit = table[nextHash];
            table[nextHash] = index + 1;
            byte* match;
            byte* after = place + 2;
            if (after - repeat1 >= lowestPlace && MatchSearch.Read32(after - repeat1) == (uint)(nextWord >> 8))
            {
                // With no literals before it the value 1 would mean another distance, so the match may reach back to the byte after the anchor only.
                nint back = after[-1] == after[-1 - (nint)repeat1] && after - 1 - repeat1 >= lowestPlace ? 1 : 0;
                place = after - back;
                nint repeated = MatchSearch.Count(after + 4, after + 4 - repeat1, end) + 4 + back;
                store.Add(anchor, (nint)(place - anchor), place <= safe, 1, repeated);
                place += repeated;
            }
            else
            {
                if (hit >= lowest && MatchSearch.Read32(origin + hit) == (uint)word)
                {
                    match = origin + hit;
                }
                else if (nextHit >= lowest && MatchSearch.Read32(origin + nextHit) == (uint)nextWord)
                {
                    place++;
                    match = origin + nextHit;
                }
                else
                {
                    place += ((place - anchor) >> StepShift) + 2;
                    continue;
                }

                nint length = MatchSearch.Count(place + 4, match + 4, end) + 4;
                while (place > anchor && match > lowestPlace && place[-1] == match[-1])
                {
                    place--;
                    match--;
                    length++;
                }

                repeat2 = repeat1;
                repeat1 = (uint)(place - match);
                store.Add(anchor, (nint)(place - anchor), place <= safe, repeat1 + 3, length);
                place += length;
            }

            anchor = place;
            if (place < limit)
            {
                table[MatchSearch.Hash(MatchSearch.Read64(origin + index + 2), unused, shift)] = index + 2;
                table[MatchSearch.Hash(MatchSearch.Read64(place - 2), unused, shift)] = (uint)(place - 2 - origin);
                while (place < limit && place - repeat2 >= lowestPlace && MatchSearch.Read32(place) == MatchSearch.Read32(place - repeat2))
                {
                    nint length = MatchSearch.Count(place + 4, place + 4 - repeat2, end) + 4;
                    (repeat1, repeat2) = (repeat2, repeat1);
                    table[MatchSearch.Hash(MatchSearch.Read64(place), unused, shift)] = (uint)(place - origin);
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
}
