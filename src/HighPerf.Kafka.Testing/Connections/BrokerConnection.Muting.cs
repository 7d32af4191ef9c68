using HighPerf.Kafka.Runtime;

namespace HighPerf.Kafka.Testing.Connections;

/// <summary>Quotas: a client that is over its own is answered, and then nothing more is taken from it for a while (KIP-219).</summary>
internal sealed partial class BrokerConnection
{
    /// <summary>Null until the client is over its quota for the first time.</summary>
    private UnmuteTimer? _unmute;

    private bool IsMuted => _unmute is { IsArmed: true };

    /// <summary>Takes no request for so long, from now on. The one in work is answered.</summary>
    public void Mute(int milliseconds)
    {
        _unmute ??= new UnmuteTimer(this);
        Loop.Arm(_unmute, Loop.Now + TimeSpan.FromMilliseconds(milliseconds));
    }

    private void Unmute()
    {
        if (_unmute is not null)
        {
            Loop.Disarm(_unmute);
        }
    }

    private sealed class UnmuteTimer(BrokerConnection connection) : LoopTimer
    {
        protected internal override void OnDue() => connection.Pump();
    }
}
