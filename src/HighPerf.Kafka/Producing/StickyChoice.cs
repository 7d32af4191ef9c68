using HighPerf.Kafka.Runtime;

namespace HighPerf.Kafka.Producing;

/// <summary>
/// Chooses the partition that records without a key go to next (KIP-794): each with a probability inverse to what waits there, so that a slow broker is
/// sent what it can take, and those that cannot be reached only when none can. Made once for each batch's worth of bytes; nothing here is done for a
/// record. Up to <see cref="MostCandidates"/> partitions are looked at: all, or as many drawn at random, so that a topic of ten thousand costs no more.
/// Pure: loads and randomness come from outside.
/// </summary>
internal static class StickyChoice
{
    internal const int MostCandidates = 64;

    public static int Next<TLoads>(TLoads loads, RandomSource random)
        where TLoads : struct, IPartitionLoads
    {
        int count = loads.Count;
        int looks = Math.Min(count, MostCandidates);
        Span<int> candidates = stackalloc int[MostCandidates];
        Span<double> sums = stackalloc double[MostCandidates];
        int found = 0;
        double sum = 0;
        for (int i = 0; i < looks; i++)
        {
            int partition = count <= MostCandidates ? i : random.Next(count);
            int load = loads.LoadOf(partition);
            if (load >= 0)
            {
                sum += 1.0 / (1 + load);
                candidates[found] = partition;
                sums[found++] = sum;
            }
        }

        if (found == 0)
        {
            return AnyReachable(loads, random.Next(count));
        }

        double point = random.NextDouble() * sum;
        int chosen = 0;
        while (chosen < found - 1 && sums[chosen] <= point)
        {
            chosen++;
        }

        return candidates[chosen];
    }

    // Slow twin: none of the candidates can be reached. The first one behind a random start that can, else that start: somewhere records must wait.
    private static int AnyReachable<TLoads>(TLoads loads, int start)
        where TLoads : struct, IPartitionLoads
    {
        for (int i = 0; i < loads.Count && loads.Count > MostCandidates; i++)
        {
            int partition = (int)(((long)start + i) % loads.Count);
            if (loads.LoadOf(partition) >= 0)
            {
                return partition;
            }
        }

        return start;
    }
}
