namespace HighPerf.Kafka.Producing;

/// <summary>
/// What a token calls to end the wait of one slot. Kept with the slot from use to use as long as each registration could be taken back; one whose callback
/// ran, or may still run, is let go, so that a late callback finds its own version here and not a later one.
/// </summary>
internal sealed class AckCancellation : IThreadPoolWorkItem
{
    private readonly AckBlock _block;
    private readonly int _slot;
    private int _version; // written before the registration
    private CancellationTokenRegistration _registration; // owner: the caller of the send, then the reader of its result
    private CancellationToken _cancelledBy; // written by the claimant

    public AckCancellation(AckBlock block, int slot)
    {
        _block = block;
        _slot = slot;
    }

    public void Register(int version, CancellationToken cancellationToken)
    {
        _version = version;
        _registration = cancellationToken.UnsafeRegister(static (state, token) => ((AckCancellation)state!).Cancel(token), this);
    }

    /// <summary>Takes the registration back. False: its callback ran, or may be running.</summary>
    public bool Unregister() => _registration.Unregister();

    void IThreadPoolWorkItem.Execute() => _block.FinishCancelled(_slot, _cancelledBy);

    private void Cancel(CancellationToken token)
    {
        if (_block.TryClaim(_slot, _version))
        {
            _cancelledBy = token;
            _block.Executor.Queue(this);
        }
    }
}
