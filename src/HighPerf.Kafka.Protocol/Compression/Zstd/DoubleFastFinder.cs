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
        DoubleTable tables = new(window.Base, longTable, shortTable, parameters);
        byte* origin = window.Base;
        uint lowest = window.Lowest;
        byte* end = window.End;
        byte* limit = end - MatchSearch.Lookahead;
        byte* place = window.Start;
        byte* anchor = place;
        uint repeat1 = window.Repeat1;
        while (place < limit)
        {
            ulong word = MatchSearch.Read64(place);
            uint index = (uint)(place - origin);
            ref uint longCell = ref tables.LongCell(word);
            ref uint shortCell = ref tables.ShortCell(word);
            uint longHit = longCell;
            uint shortHit = shortCell;
            longCell = index;
            shortCell = index;
            byte* next = place + 1;
            uint value = 1;
            nint length;
            if (next - repeat1 >= origin + lowest && MatchSearch.Read32(next - repeat1) == (uint)(word >> 8))
            {
                place = next;
                length = WildCopy.CommonLength(place + 4, place + 4 - repeat1, end) + 4;
            }
            else
            {
                byte* match;
                if (longHit >= lowest && MatchSearch.Read64(origin + longHit) == word)
                {
                    match = origin + longHit;
                    length = WildCopy.CommonLength(place + 8, match + 8, end) + 8;
                }
                else if (shortHit >= lowest && MatchSearch.Read32(origin + shortHit) == (uint)word)
                {
                    match = origin + shortHit;
                    length = Better(tables, lowest, end, ref place, ref match);
                }
                else
                {
                    place += ((place - anchor) >> StepShift) + 1;
                    continue;
                }

                nint back = MatchSearch.CountBack(place, anchor, match, origin + lowest);
                place -= back;
                length += back;
                window.Repeat2 = repeat1;
                repeat1 = (uint)(place - match + back);
                value = repeat1 + 3;
            }

            store.Add(anchor, (nint)(place - anchor), window.CanReadWild(place), value, length);
            place += length;
            if (place < limit)
            {
                Learn(tables, origin + index + 2, place);
                place = Repeats(ref window, tables, place, limit, ref repeat1, store);
            }

            anchor = place;
        }

        window.Repeat1 = repeat1;
        store.AddLast(anchor, (nint)(end - anchor));
    }

    /// <summary>A short match was found. A long one that starts a byte later is worth more.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static nint Better(in DoubleTable tables, uint lowest, byte* end, ref byte* place, ref byte* match)
    {
        byte* next = place + 1;
        ulong word = MatchSearch.Read64(next);
        ref uint cell = ref tables.LongCell(word);
        uint hit = cell;
        cell = (uint)(next - tables.Origin);
        if (hit >= lowest && MatchSearch.Read64(tables.Origin + hit) == word)
        {
            place = next;
            match = tables.Origin + hit;
            return WildCopy.CommonLength(place + 8, match + 8, end) + 8;
        }

        return WildCopy.CommonLength(place + 4, match + 4, end) + 4;
    }

    /// <summary>Right after a match the distance before last often fits, without literals in between.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static byte* Repeats(ref SearchWindow window, in DoubleTable tables, byte* place, byte* limit, ref uint repeat1, SequenceStore store)
    {
        while (place < limit && window.Repeats(place, window.Repeat2))
        {
            uint distance = window.Repeat2;
            nint length = WildCopy.CommonLength(place + 4, place + 4 - distance, window.End) + 4;
            window.Repeat2 = repeat1;
            repeat1 = distance;
            ulong word = MatchSearch.Read64(place);
            tables.LongCell(word) = (uint)(place - tables.Origin);
            tables.ShortCell(word) = (uint)(place - tables.Origin);
            store.Add(place, 0, false, 1, length);
            place += length;
        }

        return place;
    }

    /// <summary>Enters some places within a match, so that later data finds it too.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Learn(in DoubleTable tables, byte* early, byte* place)
    {
        ulong first = MatchSearch.Read64(early);
        ulong last = MatchSearch.Read64(place - 2);
        tables.LongCell(first) = (uint)(early - tables.Origin);
        tables.ShortCell(first) = (uint)(early - tables.Origin);
        tables.LongCell(last) = (uint)(place - 2 - tables.Origin);
        tables.ShortCell(last >> 8) = (uint)(place - 1 - tables.Origin);
    }
}
