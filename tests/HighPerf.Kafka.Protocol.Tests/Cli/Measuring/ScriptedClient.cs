using System.Buffers.Binary;
using HighPerf.Kafka.Cli.Measuring.Producing;

namespace HighPerf.Kafka.Protocol.Tests.Cli.Measuring;

/// <summary>A client that notes what it is given and answers as it is told.</summary>
internal readonly struct ScriptedClient(ScriptedClient.Notes notes) : ISendClient<int>
{
    public ValueTask EnqueueAsync(byte[]? key, byte[] value)
    {
        notes.Take(key, value);
        return notes.Keys.Count % 3 == 0 ? new ValueTask(Task.Run(static () => { })) : ValueTask.CompletedTask;
    }

    public ValueTask EnqueueAsync(byte[]? key, byte[] value, DeliveryWatch watch, long since)
    {
        long number = notes.Take(key, value);
        watch.Done(since, notes.Fails(number) ? "refused" : null);
        return ValueTask.CompletedTask;
    }

    public ValueTask<int> SendAsync(byte[]? key, byte[] value)
    {
        long number = notes.Take(key, value);
        TaskCompletionSource<int> sent = new(TaskCreationOptions.RunContinuationsAsynchronously);
        notes.Outstanding.Enqueue(sent);
        notes.MostOutstanding = Math.Max(notes.MostOutstanding, notes.Outstanding.Count);

        // The oldest are answered when as many are on their way as may be: a load that sent more would be seen, one that sent fewer would stop.
        if (notes.Outstanding.Count == notes.Depth || number >= notes.Last)
        {
            while (notes.Outstanding.TryDequeue(out TaskCompletionSource<int>? oldest))
            {
                if (notes.Fails(number))
                {
                    oldest.SetException(new InvalidOperationException("refused"));
                }
                else
                {
                    oldest.SetResult(0);
                }
            }
        }

        return new ValueTask<int>(sent.Task);
    }

    public Task FlushAsync() => Task.CompletedTask;

    /// <summary>What the client was given. One load at a time.</summary>
    internal sealed class Notes
    {
        public List<long> Keys { get; } = [];

        public int ValueSize { get; private set; }

        public int Depth { get; init; } = 1;

        /// <summary>One in so many records fails; 0 for none.</summary>
        public int FailEvery { get; init; }

        /// <summary>From the record of this number on, nothing waits for more records to come.</summary>
        public long Last { get; init; } = long.MaxValue;

        public Queue<TaskCompletionSource<int>> Outstanding { get; } = [];

        public int MostOutstanding { get; set; }

        public bool Fails(long number) => FailEvery > 0 && number % FailEvery == 1;

        public long Take(byte[]? key, byte[] value)
        {
            ValueSize = value.Length;
            Keys.Add(key is null ? -1 : BinaryPrimitives.ReadInt64BigEndian(key));
            return Keys.Count;
        }
    }
}
