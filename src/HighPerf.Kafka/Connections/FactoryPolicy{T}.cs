using Microsoft.Extensions.ObjectPool;

namespace HighPerf.Kafka.Connections;

/// <summary>A pool policy from a factory; what comes back is as good as new by its user's care.</summary>
internal sealed class FactoryPolicy<T> : PooledObjectPolicy<T>
    where T : class
{
    private readonly Func<T> _create;

    public FactoryPolicy(Func<T> create) => _create = create;

    public override T Create() => _create();

    public override bool Return(T obj) => true;
}
