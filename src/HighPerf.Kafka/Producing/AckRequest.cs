namespace HighPerf.Kafka.Producing;

/// <summary>Who wants to know what becomes of a record; filled in with the slot when the record is in its batch.</summary>
internal struct AckRequest
{
    private AckRequest(AckKind kind, IDeliveryHandler? handler, object? state, long context)
    {
        Kind = kind;
        Handler = handler;
        State = state;
        Context = context;
    }

    /// <summary>Nobody.</summary>
    public static AckRequest None => default;

    public AckKind Kind { get; }

    public IDeliveryHandler? Handler { get; }

    public object? State { get; }

    public long Context { get; }

    /// <summary>Set when an awaited record is in its batch.</summary>
    public AckBlock? Block { get; set; }

    /// <summary>The slot in <see cref="Block"/>, as value tasks name it.</summary>
    public short Token { get; set; }

    public static AckRequest Awaited(CancellationToken cancellationToken) =>
        new(cancellationToken.CanBeCanceled ? AckKind.AwaitedCancellable : AckKind.Awaited, null, null, 0);

    public static AckRequest Call(IDeliveryHandler? handler, object? state, long context = 0) =>
        handler is null ? default : new AckRequest(AckKind.Callback, handler, state, context);

    /// <summary>The task of an awaited record that is in its batch. Once.</summary>
    public readonly ValueTask<RecordMetadata> Start(CancellationToken cancellationToken) => Block!.Start(Token, cancellationToken);
}
