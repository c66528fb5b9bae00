"""What the site declares; its settings say on which versions."""

from __future__ import annotations

from django.conf import settings

from shop.declaration import declare

_declared = declare(*settings.SHOP_IMPS)
OldView = _declared.OldView
View = _declared.View
ViewMigration = _declared.ViewMigration
